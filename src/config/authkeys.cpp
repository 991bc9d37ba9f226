#include "config/authkeys.hpp"

#include <algorithm>

#include "config/value.hpp"
#include "hb/base/text.hpp"

namespace hb::config {
namespace {

constexpr unsigned greatest_number = 15;
constexpr std::size_t shortest_good_key = 8;  // octets

/// Keys that everybody knows: of the samples and manuals of this program and of Linux-HA Heartbeat.
constexpr std::string_view sample_keys[] = {
    "HI!",      "Hello!", "your-password-here", "another-password", "a-third-password", "PASSWORD",
    "password", "secret",
};

// No message quotes a word of the file: where one is missing, any other may be the key.
struct Reading {
    const std::string& path;
    Report& report;
    Keys& keys;
    std::vector<Word> places{};  ///< of the methods, in step with keys.all
    Word auth{};                 ///< the number after `auth`; no place: not given
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
        error(r, word, concat("Invalid authnum in ", r.path),
              concat("a number from 1 to ", greatest_number,
                     " stands here: `auth NUMBER`, or `NUMBER METHOD KEY` with crc, md5, sha1 or sha256"));
    return number;
}

/// `auth1` is `auth 1` to 3.0.6.
void split_auth(Line& line) {
    constexpr std::string_view auth = "auth";
    const Word word = line[0];
    if (!word.text.starts_with(auth) || !parse_number(word.text.substr(auth.size()), 0, greatest_number))
        return;
    line[0].text = auth;
    line.insert(line.begin() + 1, {word.text.substr(auth.size()), word.line, word.column + 4});
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

std::string_view name_of(Key::Method method) {
    switch (method) {
        case Key::Method::crc: return "crc";
        case Key::Method::md5: return "md5";
        case Key::Method::sha1: return "sha1";
        case Key::Method::sha256: return "sha256";
    }
    return {};
}

void check_strength(Reading& r, const Word& key) {
    const auto beyond_ascii = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
    constexpr std::string_view advice = "take a random one: head -c 30 /dev/urandom | base64";
    if (std::find(std::begin(sample_keys), std::end(sample_keys), key.text) != std::end(sample_keys))
        r.report.warning(key, "this key stands in manuals and samples: it keeps nobody out",
                         std::string{advice});
    else if (key.text.size() < shortest_good_key)
        r.report.warning(
            key, concat("this key is shorter than ", shortest_good_key, " characters: it can be guessed"),
            std::string{advice});
    if (std::any_of(key.text.begin(), key.text.end(), beyond_ascii))
        r.report.warning(
            key, "this key holds characters beyond ASCII: another editor may write them as other octets",
            "use letters and digits, so that the key is the same on all nodes");
}

void check_secret(Reading& r, const Line& line, Key::Method method) {
    if (method == Key::Method::crc) {
        if (line.size() > 2 && !line[2].text.starts_with('#'))
            r.report.warning(line[2], "Auth method [crc] doesn't use a key",
                             "remove it; crc keeps nobody out: use sha1 on a shared network");
        return;
    }
    if (line.size() < 3)
        return error(r, line[1], concat("Auth method [", name_of(method), "] requires a key"),
                     concat("write `NUMBER ", name_of(method), " PASSWORD`, the same on all nodes"));
    if (line.size() > 3 && !line[3].text.starts_with('#'))
        r.report.warning(line[2], "a key is one word: what follows it is not part of it",
                         "write the key without blanks");
    check_strength(r, line[2]);
}

void take_key(Reading& r, const Line& line) {
    const std::optional<unsigned> number = key_number(r, line[0]);
    if (!number) return;
    if (line.size() < 2)
        return error(r, line[0], "this key has no method",
                     "write `NUMBER METHOD KEY`, with crc, md5, sha1 or sha256");
    const std::optional<Key::Method> method = method_of(line[1].text);
    if (!method)
        return error(r, line[1], "Invalid authtype",
                     "write `NUMBER METHOD KEY`, with crc, md5, sha1 or sha256");
    check_secret(r, line, *method);
    const auto same = [&](const Key& key) { return key.number == *number; };
    if (std::any_of(r.keys.all.begin(), r.keys.all.end(), same))
        return error(r, line[0], "the number of this key is used twice", "give each key its own number");
    const bool has_text = *method != Key::Method::crc && line.size() > 2;
    r.places.push_back(line[1]);
    r.keys.all.push_back({*number, *method, has_text ? std::string{line[2].text} : std::string{}});
}

void check_signing_key(Reading& r) {
    if (!r.has_auth)
        return r.report.error({}, concat("Missing auth directive in keyfile [", r.path, "]"),
                              "write `auth 1` and below it `1 sha1 PASSWORD`");
    const auto signs = [&](const Key& key) { return key.number == r.keys.signing; };
    if (!r.has_fault && std::none_of(r.keys.all.begin(), r.keys.all.end(), signs))
        r.report.error(r.auth, concat("Auth Key [", r.keys.signing, "] not found in keyfile [", r.path, "]"),
                       concat("add `", r.keys.signing, " sha1 PASSWORD`"));
}

/// What crc is worth depends on the other keys.
void check_keyless(Reading& r) {
    for (std::size_t i = 0; i < r.keys.all.size(); ++i) {
        const Key& key = r.keys.all[i];
        if (key.method != Key::Method::crc) continue;
        if (!r.keys.verifies(key))
            r.report.warning(r.places[i], "messages that are signed with crc are refused beside a key",
                             "remove the line once `auth` names a key on all nodes");
        else
            r.report.warning(r.places[i], "crc is no key: whoever reaches the network can move the services",
                             "use sha1 with a key, unless a cable of their own joins the nodes");
    }
}

}  // namespace

void parse_authkeys(std::string_view text, const std::string& path, Report& report, Keys& out) {
    Reading reading{path, report, out};
    for (Line line : lex_authkeys(text)) {
        split_auth(line);
        if (line[0].text == "auth")
            take_auth(reading, line);
        else
            take_key(reading, line);
    }
    check_signing_key(reading);
    check_keyless(reading);
}

}  // namespace hb::config
