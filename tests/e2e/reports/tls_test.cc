// https: whom a server is to be, and who we are.
#include "tests/e2e/reports/served.h"
#include "tests/support/https.h"

using namespace prof::test;
using Catch::Matchers::Contains;

TEST_CASE("https: certificates are verified, by whom --tls_ca names, or not at all") {
  TempDir directory;
  const Certificate certificate = make_certificate();
  write(directory.file("ca.pem"), certificate.pem);
  Serving<httplib::SSLServer> service(certificate.x509.get(), certificate.key.get());
  serve_profile(*service);
  service.start();
  const std::string path = "://" + service.host() + "/debug/pprof/profile";
  const Outcome unknown = prof_in(directory, {"top", "https" + path});
  CHECK(unknown.code == 1);
  CHECK_THAT(unknown.err,
             Contains("its certificate cannot be verified; name whom to trust with --tls_ca=FILE"));
  CHECK(prof_in(directory, {"top", "--tls_ca", directory.file("ca.pem"), "https" + path}).code == 0);
  CHECK(prof_in(directory, {"top", "https+insecure" + path}).code == 0);
}

TEST_CASE("a server that wants a client certificate was said to speak no https, or to have broken off") {
  TempDir directory;
  const Certificate ours = make_certificate(), other = make_certificate();
  for (const auto& [name, text] : {std::pair("ours.pem", ours.pem),
                                   {"ours.key", ours.key_pem},
                                   {"other.pem", other.pem},
                                   {"other.key", other.key_pem}}) {
    write(directory.file(name), text);
  }
  X509_STORE* const trusted = X509_STORE_new();
  X509_STORE_add_cert(trusted, ours.x509.get());
  Serving<httplib::SSLServer> service(ours.x509.get(), ours.key.get(), trusted);
  serve_profile(*service);
  service.start();
  const std::string path = "://" + service.host() + "/debug/pprof/profile";
  const auto top = [&](const std::string& url, const char* own) {
    std::vector<std::string> args = {"top", "--tls_ca", directory.file("ours.pem")};
    if (*own != '\0') {
      args.insert(args.end(),
                  {"--tls_cert", directory.file(own) + ".pem", "--tls_key", directory.file(own) + ".key"});
    }
    args.push_back(url);
    return prof_in(directory, args);
  };
  CHECK_THAT(
      top("https" + path, "").err,
      Contains("the server wants a client certificate; name yours with --tls_cert=FILE and --tls_key=FILE"));
  CHECK_THAT(top("https" + path, "other").err, Contains("the server does not take our certificate"));
  CHECK(top("https" + path, "ours").code == 0);
  // Whether it would take ours is not known of a server that we do not trust.
  CHECK_THAT(prof_in(directory, {"top", "https" + path}).err, Contains("its certificate cannot be verified"));
}
