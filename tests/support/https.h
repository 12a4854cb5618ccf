// A certificate of our own for tests of https.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace prof::test {

struct Certificate {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{nullptr, EVP_PKEY_free};
  std::unique_ptr<X509, decltype(&X509_free)> x509{nullptr, X509_free};
  std::string pem, key_pem;
};

// Of 127.0.0.1, signed by itself.
Certificate make_certificate();

}  // namespace prof::test
