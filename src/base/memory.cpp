#include "hb/base/memory.hpp"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace hb {
namespace {

int trim_object(dl_phdr_info* info, std::size_t, void* page_size) {
    const std::uintptr_t page = *static_cast<std::uintptr_t*>(page_size);
    for (unsigned i = 0; i < info->dlpi_phnum; ++i) {
        const auto& segment = info->dlpi_phdr[i];
        // A writable segment holds relocated data that is in no file.
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W)) continue;
        const std::uintptr_t begin = (info->dlpi_addr + segment.p_vaddr) & ~(page - 1);
        const std::uintptr_t end = (info->dlpi_addr + segment.p_vaddr + segment.p_filesz) & ~(page - 1);
        if (end > begin) ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    }
    return 0;
}

}  // namespace

void trim_memory() {
    ::malloc_trim(0);
    auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    ::dl_iterate_phdr(trim_object, &page);
}

bool lock_memory() { return ::mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == 0; }

}  // namespace hb
