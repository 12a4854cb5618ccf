#include "libprof/record/signal_relay.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace prof::record {
namespace {

constexpr int kRelayed[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM};
// The kernel signals a group's members one after the other, which takes microseconds.
constexpr int kWitnessMilliseconds = 20;

}  // namespace

struct SignalRelay::Saved {
  sigset_t mask;
  sigset_t relayed;
  struct sigaction file_too_large;
};

SignalRelay::SignalRelay() : saved_(new Saved) {
  ::sigemptyset(&saved_->relayed);
  for (const int signal : kRelayed) ::sigaddset(&saved_->relayed, signal);
  ::sigprocmask(SIG_BLOCK, &saved_->relayed, &saved_->mask);
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGXFSZ, &ignore, &saved_->file_too_large);
  fd_ = ::signalfd(-1, &saved_->relayed, SFD_CLOEXEC | SFD_NONBLOCK);
  start_witness();
}

// Without a witness every signal is forwarded.
void SignalRelay::start_witness() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return;
  const pid_t parent = ::getpid();
  witness_ = ::fork();
  if (witness_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(0);
    for (int fd = 0; fd <= 2; fd++) ::close(fd);
    for (;;) {
      const int signal = ::sigwaitinfo(&saved_->relayed, nullptr);
      const auto byte = static_cast<unsigned char>(signal);
      if (signal > 0 && ::write(ends[1], &byte, 1) < 0 && errno == EPIPE) ::_exit(0);
    }
  }
  ::close(ends[1]);
  testimony_ = ends[0];
}

void SignalRelay::restore_in_child() const {
  ::sigaction(SIGXFSZ, &saved_->file_too_large, nullptr);
  ::sigprocmask(SIG_SETMASK, &saved_->mask, nullptr);
}

SignalRelay::~SignalRelay() {
  if (witness_ > 0) {
    ::kill(witness_, SIGKILL);
    while (::waitpid(witness_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  if (testimony_ >= 0) ::close(testimony_);
  forget();
  restore_in_child();
  ::close(fd_);
  delete saved_;
}

bool SignalRelay::is_seen_by_witness(int signal) {
  pollfd ready = {testimony_, POLLIN, 0};
  while (witness_ > 0 && ::poll(&ready, 1, kWitnessMilliseconds) == 1) {
    unsigned char seen = 0;
    if (::read(testimony_, &seen, 1) != 1) return false;
    if (seen == signal) return true;
  }
  return false;
}

int SignalRelay::next() {
  signalfd_siginfo info = {};
  const bool has_one = ::read(fd_, &info, sizeof info) == static_cast<ssize_t>(sizeof info);
  return has_one ? static_cast<int>(info.ssi_signo) : 0;
}

void SignalRelay::forget() {
  while (next() != 0) {
  }
}

void SignalRelay::forward_to(pid_t pid) {
  while (const int signal = next()) {
    const bool was_to_group = is_seen_by_witness(signal);
    if (was_to_group && ::getpgid(pid) == ::getpgrp()) continue;
    ::kill(pid, signal);
  }
}

void SignalRelay::hand_to(pid_t pid) {
  while (const int signal = next()) {
    is_seen_by_witness(signal);  // or its testimony would be taken for a later one's
    ::kill(pid, signal);
  }
}

}  // namespace prof::record
