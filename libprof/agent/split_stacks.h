// Whether the program keeps its frames on split stacks (gcc -fsplit-stack, gccgo): segments with no room for
// the kernel's signal frame and a handler's, which nobody can see before the signal is there.
#pragma once

namespace prof::agent {

// Of the executable; its libraries have stacks of their own making where they have. Called from: threads,
// outside handlers, once the executable is relocated. Does not block.
bool program_splits_stacks();

}  // namespace prof::agent
