// watcher [--period-us 1000] [--limit-ms 5]: records the pauses of the machine itself. One process per CPU,
// pinned, in SCHED_FIFO where that is allowed, sleeps again and again; what wakes it late by more than the
// limit is a pause that no program could have avoided. Ends by SIGTERM and prints one JSON object; times are
// nanoseconds of the wall clock.
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <vector>

#include "common.hpp"

namespace {

bool take_priority(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(cpu), &set);
    sched_setaffinity(0, sizeof set, &set);
    const sched_param parameter{.sched_priority = 50};
    if (sched_setscheduler(0, SCHED_FIFO, &parameter) == 0) return true;
    setpriority(PRIO_PROCESS, 0, -20);
    return false;
}

/// One line per pause: "CPU START_NS LENGTH_NS", wall clock.
void watch(int cpu, std::int64_t period, std::int64_t limit, std::FILE* out) {
    std::fprintf(out, "%d %d\n", cpu, take_priority(cpu) ? 1 : 0);
    std::fflush(out);
    const std::int64_t offset = lab::wall_offset_ns();
    while (!lab::stop_asked) {
        const std::int64_t due = lab::now_ns() + period;
        lab::sleep_until_ns(due);
        const std::int64_t late = lab::now_ns() - due;
        if (late > limit && !lab::stop_asked)
            std::fprintf(out, "%d %lld %lld\n", cpu, static_cast<long long>(due + offset),
                         static_cast<long long>(late));
    }
    std::fflush(out);
}

}  // namespace

int main(int argc, char** argv) {
    const lab::Arguments arguments{argc, argv};
    const std::int64_t period = arguments.number("period-us", 1000) * 1000;
    const std::int64_t limit = arguments.number("limit-ms", 5) * 1'000'000;
    lab::stop_on_signals();
    const int cpus = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
    std::vector<std::FILE*> records;
    std::vector<pid_t> children;
    for (int cpu = 0; cpu < cpus; ++cpu) {
        records.push_back(std::tmpfile());
        const pid_t child = fork();
        if (child == 0) {
            watch(cpu, period, limit, records.back());
            _exit(0);
        }
        children.push_back(child);
    }
    std::puts("ready");
    std::fflush(stdout);
    while (!lab::stop_asked) pause();
    for (const pid_t child : children) kill(child, SIGTERM);
    for (const pid_t child : children) waitpid(child, nullptr, 0);
    bool realtime = true;
    std::string list;
    for (std::FILE* record : records) {
        std::rewind(record);
        int cpu = 0, fifo = 0;
        long long start = 0, length = 0;
        if (std::fscanf(record, "%d %d", &cpu, &fifo) == 2 && fifo == 0) realtime = false;
        while (std::fscanf(record, "%d %lld %lld", &cpu, &start, &length) == 3) {
            char text[128];
            std::snprintf(text, sizeof text, "%s{\"cpu\": %d, \"from_ns\": %lld, \"ms\": %.3f}",
                          list.empty() ? "" : ", ", cpu, start, static_cast<double>(length) / 1e6);
            list += text;
        }
    }
    std::printf("{\"realtime\": %s, \"cpus\": %d, \"pauses\": [%s]}\n", realtime ? "true" : "false", cpus,
                list.c_str());
}
