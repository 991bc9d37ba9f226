#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "hb/base/bytes.hpp"
#include "hb/base/fixed.hpp"
#include "hb/base/limits.hpp"

namespace hb::wire {

/// Type digit of a field: 0 text, 1 binary, 2 nested, 3 list, 4 compressed. 5 is never on the wire, 6 to 9 are invalid.
enum class FieldType : std::uint8_t { text = 0, binary = 1, nested = 2, list = 3, compressed = 4 };

struct Field {
    std::string_view name;
    std::string_view value;  ///< text, or the raw octets of a binary field in either form
    FieldType type = FieldType::text;
};

/// Why a datagram was dropped before it meant anything.
enum class DropReason {
    none,
    short_datagram,  ///< ends inside a field or has no end marker
    unknown_form,    ///< starts with neither "###\n" nor ">>>\n"
    bad_length,      ///< a netstring length is no number, too long, or not ended by ','
    bad_field,       ///< no "(T)", no '=', empty name
    bad_type,        ///< type 5 to 9
    too_many_fields,
    no_signature,
    unknown_key,  ///< signed with a number we do not have
    keyless,      ///< signed with crc, beside a key
    bad_signature,
    bad_base64,
    no_type,
    no_source,
    no_time,
    no_sequence,   ///< a needed field is absent or not a number
    unknown_node,  ///< `src` is not configured
    own,           ///< our own frame came back
    not_for_us,
    replay,  ///< lower generation, or a sequence number seen before
    count_
};
/// "bad signature", ...: for counters and log lines.
std::string_view to_text(DropReason reason);

/// A decoded message: views into the datagram it was decoded from (or into its own scratch for base64).
/// Valid as long as the datagram. Fields keep their order; get() finds the first of a name.
class Message {
public:
    FixedVector<Field, limits::fields> fields;

    /// Value of the first field of that name, any type.
    std::optional<std::string_view> get(std::string_view name) const;
    std::string_view get_or(std::string_view name, std::string_view fallback) const;
    /// Hex as 3.0.6 writes it (`%lx`); nullopt if absent or not all hex digits or above 2^64.
    std::optional<std::uint64_t> hex(std::string_view name) const;
    std::optional<std::uint64_t> decimal(std::string_view name) const;

    std::array<char, 2048> scratch{};  ///< decoded base64 of the classic form
    std::size_t scratch_used = 0;
};

/// Where the signed part of a datagram ends and what signs it. Found by walking lengths alone, bounded by the span.
struct Envelope {
    enum class Form { netstring, classic };
    Form form = Form::netstring;
    Bytes body;                  ///< netstring: "###\n" through "%%%\n". Classic: ">>>\n" through "<<<\n"
    std::string_view signature;  ///< "N DIGEST"; classic: the value of the `auth` line
};
/// The envelope of a datagram, or why there is none. Octets after the signature are ignored, as 3.0.6 does.
DropReason open_envelope(Bytes datagram, Envelope& out);

/// Fields of a verified envelope.
DropReason decode(const Envelope& envelope, Message& out);

/// Builds a netstring body ("###\n" ... "%%%\n") in a caller's buffer; fields in the order of the calls.
class Builder {
public:
    explicit Builder(std::span<std::byte> out);
    Builder& text(std::string_view name, std::string_view value);
    Builder& binary(std::string_view name, Bytes value);
    Builder& hex(std::string_view name, std::uint64_t value);
    Builder& decimal(std::string_view name, std::uint64_t value);
    Builder& field(const Field& field);
    /// Closes the body. Empty span if it did not fit.
    Bytes finish();

private:
    Writer writer_;
};

/// "LEN:SIGNATURE," behind a body. Returns the size written, 0 if it does not fit.
std::size_t append_signature(std::string_view signature, std::span<std::byte> out);

/// The classic form of the fields, ">>>\n" ... "<<<\n", with `auth` as the last line if given; 0 if it does not fit.
std::size_t encode_classic(const Message& message, std::string_view auth, std::span<std::byte> out);
/// What a classic (or inner) `auth` covers: all field lines, `auth` apart. 0 if it does not fit.
std::size_t classic_signed_text(const Message& message, std::span<std::byte> out);

}  // namespace hb::wire
