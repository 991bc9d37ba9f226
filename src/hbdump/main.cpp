#include <cerrno>
#include <csignal>
#include <cstdio>

#include "show.hpp"
#include "source.hpp"

namespace hb::hbdump {
namespace {

enum Exit : int { exit_good = 0, exit_violations = 1, exit_trouble = 2 };

pcap_t* interrupted = nullptr;  // what a signal ends; a handler gets no argument

void stop(int) { pcap_breakloop(interrupted); }

void stop_on_signals(pcap_t* pcap) {
    interrupted = pcap;
    struct sigaction action {};
    action.sa_handler = stop;
    for (const int signal : {SIGINT, SIGTERM}) sigaction(signal, &action, nullptr);
}

void count(const Frame& frame, Counts& out) {
    ++out.frames;
    switch (frame.kind) {
        case Frame::Kind::heartbeat: ++out.heartbeats; break;
        case Frame::Kind::arp: ++out.arp; break;
        case Frame::Kind::echo:
        case Frame::Kind::other: ++out.other; break;
    }
    out.violations += frame.violations.all().size();
}

void print(const std::string& line) {
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
}

class Dump {
public:
    Dump(const Options& options, auth::Authenticator* keys)
        : options_(options), inspector_(options.rules, keys) {}
    void frame(const pcap_pkthdr& header, const u_char* data) {
        Captured captured{.octets = std::as_bytes(std::span(data, header.caplen)),
                          .wire_length = header.len,
                          .number = counts_.frames + 1,
                          .time_us = stamp_us(header.ts)};
        if (counts_.frames == 0) start_us_ = captured.time_us;
        Frame frame;
        inspector_.look(captured, frame);
        count(frame, counts_);
        show(captured, frame);
    }
    Exit finish() {
        print(options_.json ? json_summary(counts_) : text_summary(counts_));
        return counts_.violations > 0 ? exit_violations : exit_good;
    }

private:
    void show(const Captured& captured, const Frame& frame) {
        if (options_.json) return print(json_line(captured, frame));
        if (const std::string line = text_line(captured, frame, start_us_); !line.empty()) print(line);
        for (const std::string& each : frame.violations.all()) print(text_violation(captured.number, each));
    }
    const Options& options_;
    Inspector inspector_;
    Counts counts_;
    std::int64_t start_us_ = 0;
};

int fail(const Error& error) {
    std::fprintf(stderr, "hbdump: %s\n", to_text(error).c_str());
    return exit_trouble;
}

int written(Exit result) {
    return std::fflush(stdout) != 0 || std::ferror(stdout) ? fail(Error{"cannot write the output", errno})
                                                           : result;
}

void on_frame(u_char* user, const pcap_pkthdr* header, const u_char* data) {
    reinterpret_cast<Dump*>(user)->frame(*header, data);
    if (interrupted) std::fflush(stdout);  // live: a reader at the other end of a pipe sees each line at once
}

int run(const Options& options, auth::Authenticator* keys) {
    auto source = open_source(options);
    if (!source) return fail(source.error());
    pcap_t* const pcap = source->get();
    if (!options.interface.empty()) stop_on_signals(pcap);
    Dump dump(options, keys);
    const int ended = pcap_loop(pcap, -1, on_frame, reinterpret_cast<u_char*>(&dump));
    const Exit result = dump.finish();
    if (ended == PCAP_ERROR) return fail(Error{pcap_geterr(pcap), 0});
    return written(result);
}

int run(int argc, char** argv) {
    const auto options = parse_options(argc, argv);
    if (!options) {
        fail(options.error());
        std::fputs(usage, stderr);
        return exit_trouble;
    }
    if (options->help || options->version) {
        std::fputs(options->help ? usage : "hbdump " HB_VERSION "\n", stdout);
        return written(exit_good);
    }
    if (options->authkeys.empty()) return run(*options, nullptr);
    const auto keys = read_keys(options->authkeys);
    if (!keys) return fail(keys.error());
    auth::Authenticator authenticator(*keys);
    return run(*options, &authenticator);
}

}  // namespace
}  // namespace hb::hbdump

int main(int argc, char** argv) { return hb::hbdump::run(argc, argv); }
