#include "tests/support/https.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace prof::test {
namespace {

template <typename Write>
std::string written(Write&& write) {
  BIO* const text = BIO_new(BIO_s_mem());
  write(text);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(text, &data);
  std::string pem(data, static_cast<size_t>(size));
  BIO_free(text);
  return pem;
}

}  // namespace

Certificate make_certificate() {
  Certificate made;
  made.key.reset(EVP_EC_gen("P-256"));
  made.x509.reset(X509_new());
  X509* const x = made.x509.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), -60);
  X509_gmtime_adj(X509_getm_notAfter(x), 3600);
  X509_set_pubkey(x, made.key.get());
  X509_NAME* const name = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("prof test"),
                             -1, -1, 0);
  X509_set_issuer_name(x, name);
  X509_EXTENSION* const names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
  X509_add_ext(x, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(x, made.key.get(), EVP_sha256());
  made.pem = written([&](BIO* text) { PEM_write_bio_X509(text, x); });
  made.key_pem = written([&](BIO* text) {
    PEM_write_bio_PrivateKey(text, made.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  return made;
}

}  // namespace prof::test
