// Huge pages for our own commands' tables: at the kernel's usual setting (madvise) only who asks gets them,
// and a fault for every 4 KiB is a fifth of the time of a large report.
#pragma once

namespace prof::cmd {

// From now on tcmalloc takes memory from regions that ask for huge pages. Once, before threads start; does
// nothing where tcmalloc is not linked in (under sanitizers).
void use_huge_pages();

}  // namespace prof::cmd
