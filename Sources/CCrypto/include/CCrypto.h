// OpenSSL's libcrypto for Swift: its headers, and a function for each macro and variadic function that Swift cannot call.
//
// The library is loaded at its first call (see CLazyLibrary.h): a command that seals, opens and certifies nothing does not pay for
// libcrypto's start.
#ifndef GITOPSCTL_CCRYPTO_H
#define GITOPSCTL_CCRYPTO_H

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdint.h>

/// A new key on the curve P-256, NULL on failure.
EVP_PKEY *ccrypto_generate_p256(void);

/// A new RSA key, NULL on failure.
EVP_PKEY *ccrypto_generate_rsa(int bits);

/// The bytes that a memory BIO holds; they belong to the BIO. BIO_get_mem_data is a macro.
static inline long ccrypto_bio_data(BIO *bio, const char **data) {
    char *start = NULL;
    long count = BIO_get_mem_data(bio, &start);
    *data = start;
    return count;
}

/// Encrypts with RSA-OAEP, SHA-256 for the digest and for MGF1. `output` has room for the modulus; the count written, or -1.
int ccrypto_oaep_encrypt(EVP_PKEY *key, const uint8_t *label, size_t label_count, const uint8_t *input, size_t count, uint8_t *output);

/// Decrypts what ccrypto_oaep_encrypt wrote. The count of plain bytes, or -1 for a key or a label that does not fit.
int ccrypto_oaep_decrypt(EVP_PKEY *key, const uint8_t *label, size_t label_count, const uint8_t *input, size_t count, uint8_t *output);

/// The RSA operation alone, without any padding taken off: as many bytes as the modulus has, or -1.
int ccrypto_rsa_raw_decrypt(EVP_PKEY *key, const uint8_t *input, size_t count, uint8_t *output);

/// AES-256-GCM with a 12-byte nonce and no additional data: `count` bytes of cipher text and the 16-byte tag. 1, or 0 on failure.
int ccrypto_gcm_seal(const uint8_t *key, const uint8_t *nonce, const uint8_t *input, size_t count, uint8_t *output, uint8_t *tag);

/// The reverse; 0 where the tag does not fit.
int ccrypto_gcm_open(const uint8_t *key, const uint8_t *nonce, const uint8_t *input, size_t count, const uint8_t *tag, uint8_t *output);

enum { CCRYPTO_AES_256_GCM, CCRYPTO_CHACHA20_POLY1305 };

/// Opens what one of the two ciphers sealed, with a nonce of any length and additional data. 0 where the 16-byte tag does not fit.
int ccrypto_aead_open(int cipher, const uint8_t *key, const uint8_t *nonce, size_t nonce_count, const uint8_t *additional,
                      size_t additional_count, const uint8_t *input, size_t count, const uint8_t *tag, uint8_t *output);

/// X25519 (RFC 7748): the shared secret of a private and a public key, or the public key of a private one where `peer` is NULL.
/// All have 32 bytes. 1, or 0 on failure (a peer of low order among them).
int ccrypto_x25519(const uint8_t *key, const uint8_t *peer, uint8_t *output);

/// HMAC-SHA-256: 32 bytes. 1, or 0 on failure.
int ccrypto_hmac_sha256(const uint8_t *key, size_t key_count, const uint8_t *input, size_t count, uint8_t *output);

/// A private key as encrypted PKCS#8 in PEM (PBES2: scrypt and AES-256-CBC), readable by `openssl pkey`. 1, or 0 on failure.
int ccrypto_write_encrypted_key(BIO *bio, EVP_PKEY *key, const char *passphrase, int passphrase_count);

/// The private key of a PEM text, with a passphrase where it needs one (NULL: none is given, and none asked for).
EVP_PKEY *ccrypto_read_key(BIO *bio, const char *passphrase);

/// Seconds since 1970, or INT64_MIN for what is no time.
int64_t ccrypto_seconds(const ASN1_TIME *time);

#endif
