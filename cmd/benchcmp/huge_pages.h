// Huge pages for our own commands' tables: at the kernel's usual setting (madvise) only who asks gets them,
// and a fault for every 4 KiB is a fifth of the time of a large report.
#pragma once

namespace bench::cmd {

// From now on mimalloc takes memory from a region that asks for huge pages, until that is used up. Once,
// before threads start; does nothing where mimalloc is not linked in (under sanitizers).
void use_huge_pages();

}  // namespace bench::cmd
