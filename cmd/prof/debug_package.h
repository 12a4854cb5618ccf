// The Debian package that has a file's debug symbols.
#pragma once

#include <string>

namespace prof::cmd {

// "libsqlite3-0-dbgsym" for /usr/lib/.../libsqlite3.so.0; "" where no package of this system has the file.
std::string debug_package(const std::string& path);

}  // namespace prof::cmd
