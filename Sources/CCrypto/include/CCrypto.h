// OpenSSL's libcrypto for Swift: its headers, and a function for each macro and variadic function that Swift cannot call.
#ifndef GITOPSCTL_CCRYPTO_H
#define GITOPSCTL_CCRYPTO_H

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/// A new key on the curve P-256, NULL on failure. EVP_EC_gen is a macro over a variadic function.
static inline EVP_PKEY *ccrypto_generate_p256(void) {
    return EVP_EC_gen("P-256");
}

/// The bytes that a memory BIO holds; they belong to the BIO. BIO_get_mem_data is a macro.
static inline long ccrypto_bio_data(BIO *bio, const char **data) {
    char *start = NULL;
    long count = BIO_get_mem_data(bio, &start);
    *data = start;
    return count;
}

#endif
