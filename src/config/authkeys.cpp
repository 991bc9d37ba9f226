#include "config/authkeys.hpp"

#include <algorithm>

#include "hb/base/text.hpp"
#include "config/value.hpp"

namespace hb::config {
namespace {

constexpr unsigned greatest_number = 15;

struct Reading {
    const std::string& path;
    Report& report;
    Keys& keys;
    Word auth{};  ///< the number after `auth`; no place: not given
    bool has_auth = false;
    bool has_fault = false;  ///< of a line, so that a missing key is not reported twice
};

void error(Reading& r, const Word& at, std::string text, std::string advice) {
    r.has_fault = true;
    r.report.error(at, std::move(text), std::move(advice));
}

std::optional<unsigned> key_number(Reading& r, const Word& word) {
    const std::optional<unsigned> number = parse_number(word.text, 0, greatest_number);
    if (!number)
        error(r, word, concat("Invalid authnum [", shown(word.text), "] in ", r.path),
              concat("a number from 1 to ", greatest_number));
    return number;
}

void take_auth(Reading& r, const Line& line) {
    if (r.has_auth) return error(r, line[0], "auth is given more than once", "remove one of the lines");
    r.has_auth = true;
    if (line.size() < 2) return error(r, line[0], "auth needs the number of a key", "write `auth 1`");
    r.auth = line[1];
    if (!r.keys.all.empty())
        r.report.warning(line[0], "auth stands after a key: Linux-HA Heartbeat wants it first",
                         "make it the first line");
    if (const auto number = key_number(r, line[1])) r.keys.signing = *number;
}

std::optional<Key::Method> method_of(std::string_view word) {
    if (word == "crc") return Key::Method::crc;
    if (word == "md5") return Key::Method::md5;
    if (word == "sha1") return Key::Method::sha1;
    if (word == "sha256") return Key::Method::sha256;
    return std::nullopt;
}

void check_secret(Reading& r, const Line& line, Key::Method method) {
    if (method == Key::Method::crc) {
        if (line.size() > 2 && !line[2].text.starts_with('#'))
            r.report.warning(line[2], "Auth method [crc] doesn't use a key",
                             "remove it; crc keeps nobody out: use sha1 on a shared network");
    } else if (line.size() < 3) {
        error(r, line[1], concat("Auth method [", line[1].text, "] requires a key"),
              concat("write `", line[0].text, ' ', line[1].text, " PASSWORD`, the same on all nodes"));
    } else if (line.size() > 3 && !line[3].text.starts_with('#')) {
        r.report.warning(line[2], "a key is one word: what follows it is not part of it",
                         "write the key without blanks");
    }
}

void take_key(Reading& r, const Line& line) {
    const std::optional<unsigned> number = key_number(r, line[0]);
    if (!number) return;
    if (line.size() < 2)
        return error(r, line[0], concat("key ", *number, " has no method"),
                     "write `NUMBER METHOD KEY`, with crc, md5, sha1 or sha256");
    const std::optional<Key::Method> method = method_of(line[1].text);
    if (!method)
        return error(r, line[1], concat("Invalid authtype [", shown(line[1].text), "]"),
                     "crc, md5, sha1 or sha256");
    check_secret(r, line, *method);
    const auto same = [&](const Key& key) { return key.number == *number; };
    if (std::any_of(r.keys.all.begin(), r.keys.all.end(), same))
        return error(r, line[0], concat("key ", *number, " is defined twice"),
                     "give each key its own number");
    const bool has_text = *method != Key::Method::crc && line.size() > 2;
    r.keys.all.push_back({*number, *method, has_text ? std::string{line[2].text} : std::string{}});
}

void check_signing_key(Reading& r) {
    if (!r.has_auth)
        return r.report.error({}, concat("Missing auth directive in keyfile [", r.path, "]"),
                              "write `auth 1` and below it `1 sha1 PASSWORD`");
    const auto signs = [&](const Key& key) { return key.number == r.keys.signing; };
    if (!r.has_fault && std::none_of(r.keys.all.begin(), r.keys.all.end(), signs))
        r.report.error(r.auth, concat("Auth Key [", r.auth.text, "] not found in keyfile [", r.path, "]"),
                       concat("add `", r.auth.text, " sha1 PASSWORD`"));
}

}  // namespace

void parse_authkeys(std::string_view text, const std::string& path, Report& report, Keys& out) {
    Reading reading{path, report, out};
    for (const Line& line : lex_authkeys(text)) {
        if (line[0].text == "auth")
            take_auth(reading, line);
        else
            take_key(reading, line);
    }
    check_signing_key(reading);
}

}  // namespace hb::config
