#include "tests/support/file_server.h"

#include <httplib.h>

#include <atomic>
#include <thread>

namespace prof::test {

struct FileServer::State {
  httplib::Server server;
  std::atomic<int> requests = 0;
  int port = 0;
  std::thread thread;
};

FileServer::FileServer() : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.server.set_pre_routing_handler([&state](const httplib::Request&, httplib::Response&) {
    state.requests++;
    return httplib::Server::HandlerResponse::Unhandled;
  });
  state.port = state.server.bind_to_any_port("127.0.0.1");
  state.thread = std::thread([&state] { state.server.listen_after_bind(); });
}

FileServer::~FileServer() {
  state_->server.stop();
  state_->thread.join();
}

void FileServer::serve(const std::string& path, const std::string& content) {
  state_->server.Get(path.c_str(), [content](const httplib::Request&, httplib::Response& response) {
    response.set_content(content, "application/octet-stream");
  });
}

std::string FileServer::url() const { return "http://127.0.0.1:" + std::to_string(state_->port) + "/"; }

int FileServer::requests() const { return state_->requests; }

}  // namespace prof::test
