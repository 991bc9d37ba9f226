// Units of systemd: their files, read as they lie there. systemd itself is not asked, it could keep us waiting.
#include "hb/config/unit.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>

#include "config/file.hpp"
#include "config/value.hpp"
#include "hb/base/text.hpp"

namespace hb::config {
namespace {

/// The file of a unit or of its template; empty: there is none.
std::string unit_file(std::string_view name, std::span<const std::string_view> units) {
    const std::string_view prefix = name.substr(0, name.find('@') + 1);  // empty without @
    for (const std::string_view directory : units) {
        if (const std::string path = concat(directory, '/', name, ".service"); is_file(path)) return path;
        if (const std::string path = concat(directory, '/', prefix, ".service");
            !prefix.empty() && is_file(path))
            return path;
    }
    return {};
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
        text.remove_suffix(1);
    return text;
}

/// The last value of KEY= in a unit file (systemd.syntax(7)).
std::string_view value_of(std::string_view text, std::string_view key) {
    std::string_view value;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::size_t equals = line.find('=');
        if (equals != line.npos && trimmed(line.substr(0, equals)) == key)
            value = trimmed(line.substr(equals + 1));
    }
    return value;
}

std::vector<std::string> entries_of(const std::string& directory) {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(directory.c_str()), ::closedir);
    while (const dirent* const entry = open ? ::readdir(open.get()) : nullptr)
        names.emplace_back(entry->d_name);
    std::sort(names.begin(), names.end());
    return names;
}

bool is_there(const std::string& path) {
    struct stat about {};
    return ::lstat(path.c_str(), &about) == 0;
}

}  // namespace

bool is_unit(std::string_view name, std::span<const std::string_view> units) {
    return !unit_file(name, units).empty();
}

bool is_oneshot(std::string_view name, std::span<const std::string_view> units) {
    const std::string path = unit_file(name, units);
    if (path.empty()) return false;
    const Result<File> file = read_file(path);
    if (!file || value_of(file->text, "Type") != "oneshot") return false;
    return !parse_boolean(value_of(file->text, "RemainAfterExit")).value_or(false);
}

std::string enabled_by(std::string_view name, const std::string& etc) {
    const std::string units = etc + "/systemd/system";
    for (const std::string& directory : entries_of(units)) {
        if (!directory.ends_with(".wants") && !directory.ends_with(".requires")) continue;
        if (const std::string path = concat(units, '/', directory, '/', name, ".service"); is_there(path))
            return path;
    }
    if (is_file("/bin/systemctl") && is_unit(name))
        return {};  // then systemd does not look at the links of the init script
    for (const char level : {'2', '3', '4', '5', 'S'}) {
        const std::string directory = concat(etc, "/rc", level, ".d");
        for (const std::string& link : entries_of(directory))
            if (link.starts_with('S') && link.size() > 3 && link.substr(3) == name)
                return directory + "/" + link;
    }
    return {};
}

}  // namespace hb::config
