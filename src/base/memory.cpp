#include "hb/base/memory.hpp"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string_view>

namespace hb {
namespace {

/// The parts of an object that are copies of its file: a writable segment holds relocated data that is in no file.
template <class Do>
int for_each_segment(const dl_phdr_info& info, Do act) {
    static const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    for (unsigned i = 0; i < info.dlpi_phnum; ++i) {
        const auto& segment = info.dlpi_phdr[i];
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W)) continue;
        const std::uintptr_t begin = (info.dlpi_addr + segment.p_vaddr) & ~(page - 1);
        const std::uintptr_t end =
            (info.dlpi_addr + segment.p_vaddr + segment.p_filesz + page - 1) & ~(page - 1);
        if (end > begin) act(reinterpret_cast<void*>(begin), end - begin);
    }
    return 0;
}

int trim_object(dl_phdr_info* info, std::size_t, void*) {
    return for_each_segment(*info,
                            [](void* begin, std::size_t size) { ::madvise(begin, size, MADV_DONTNEED); });
}

/// Whether its code may run in a takeover. The program itself comes without a name.
bool serves(std::string_view path) {
    const std::string_view name = path.substr(path.rfind('/') + 1);
    return name.empty() || name.starts_with("libc.so") || name.starts_with("libmnl.");
}

int hold_object(dl_phdr_info* info, std::size_t, void* all_held) {
    if (!serves(info->dlpi_name ? info->dlpi_name : "")) return 0;
    return for_each_segment(*info, [&](void* begin, std::size_t size) {
        if (::mlock(begin, size) != 0) *static_cast<bool*>(all_held) = false;
    });
}

}  // namespace

void trim_memory() {
    ::malloc_trim(0);
    ::dl_iterate_phdr(trim_object, nullptr);
}

bool hold_code() {
    bool all_held = true;
    ::dl_iterate_phdr(hold_object, &all_held);
    return all_held;
}

bool lock_memory() { return ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0; }

}  // namespace hb
