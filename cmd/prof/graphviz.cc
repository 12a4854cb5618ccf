#include "cmd/prof/graphviz.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace prof::cmd {
namespace {

struct Close {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using TempFile = std::unique_ptr<std::FILE, Close>;  // has no name, so that nothing is left

// Drag to move, wheel to zoom about the mouse: the view box is all that changes.
constexpr std::string_view kPanAndZoom = R"(<script type="text/ecmascript"><![CDATA[
(function () {
  var svg = document.documentElement, box = svg.viewBox.baseVal, held = null;
  function at(event) {
    return new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  }
  svg.addEventListener('wheel', function (event) {
    var factor = event.deltaY > 0 ? 1.15 : 1 / 1.15, p = at(event);
    box.x = p.x - (p.x - box.x) * factor;
    box.y = p.y - (p.y - box.y) * factor;
    box.width *= factor;
    box.height *= factor;
    event.preventDefault();
  }, { passive: false });
  svg.addEventListener('mousedown', function (event) { held = at(event); event.preventDefault(); });
  window.addEventListener('mouseup', function () { held = null; });
  svg.addEventListener('mousemove', function (event) {
    if (!held) return;
    var p = at(event);
    box.x -= p.x - held.x;
    box.y -= p.y - held.y;
  });
})();
]]></script>
)";

std::string make_movable(std::string svg) {
  const size_t start = svg.find("<svg "), end = svg.find('>', start), view = svg.find("viewBox=", start);
  if (start == std::string::npos || view == std::string::npos || view > end) return svg;
  svg.insert(end + 1, kPanAndZoom);
  return svg.replace(start, view - start, "<svg width=\"100%\" height=\"100%\" ");
}

std::string read_all(std::FILE* file) {
  std::string text;
  char buffer[1 << 16];
  std::rewind(file);
  while (const size_t got = std::fread(buffer, 1, sizeof buffer, file)) text.append(buffer, got);
  return text;
}

}  // namespace

Result<std::string> draw_graph(const std::string& graph, const std::string& type) {
  const TempFile in(std::tmpfile()), out(std::tmpfile());
  if (!in || !out || std::fwrite(graph.data(), 1, graph.size(), in.get()) != graph.size() ||
      std::fflush(in.get()) != 0) {
    return fail(fmt::format("cannot make a temporary file for the graph: {}", std::strerror(errno)),
                "free some space");
  }
  std::rewind(in.get());
  std::string program = "dot", option = "-T" + type;
  char* const argv[] = {program.data(), option.data(), nullptr};
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, ::fileno(in.get()), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, ::fileno(out.get()), STDOUT_FILENO);
  pid_t pid = 0;
  const int failed = posix_spawnp(&pid, program.c_str(), &files, nullptr, argv, environ);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) {
    return fail(fmt::format("cannot run dot to draw the graph: {}", std::strerror(failed)),
                "install graphviz, or take the graph itself from the report `dot`");
  }
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return fail(fmt::format("dot could not draw the graph as {}", type), "`dot -v` tells what it can draw");
  }
  std::string picture = read_all(out.get());
  return type == "svg" ? make_movable(std::move(picture)) : picture;
}

}  // namespace prof::cmd
