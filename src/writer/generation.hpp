#pragma once
#include <cstdint>
#include <string>

#include "hb/base/result.hpp"

namespace hb::writer {

/// What the file says; 0: there is none, or no number in it.
std::uint32_t reserved_in(const std::string& path);

/// Writes PATH.new, fsyncs it, moves it over PATH and fsyncs the directory: a power cut leaves the old content or the new one.
Result<Done> replace_durably(const std::string& path, std::string_view content);

/// Makes `generation` the highest reserved one on disk: a new file, fsync, rename over the old one, fsync of
/// the directory, so that a power cut leaves either the old number or the new one. Sixteen octets as 3.0.6
/// writes them: decimal, right-aligned in 15 columns, newline. A higher number in the file stays.
Result<Done> reserve_generation(const std::string& path, std::uint32_t generation);

}  // namespace hb::writer
