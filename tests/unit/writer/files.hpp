#pragma once
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace hb::writer {

/// A directory of its own per test.
struct WithDirectory : testing::Test {
    WithDirectory() {
        char name[] = "/tmp/hb-writer-XXXXXX";
        directory = ::mkdtemp(name);
    }
    ~WithDirectory() override { std::filesystem::remove_all(directory); }
    std::string path(const std::string& name) const { return directory + "/" + name; }
    static std::string content(const std::string& file) {
        std::ifstream in{file};
        std::ostringstream out;
        out << in.rdbuf();
        return out.str();
    }
    std::string directory;
};

}  // namespace hb::writer
