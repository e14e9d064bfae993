#define _GNU_SOURCE
#include "CCrypto.h"

#include <limits.h>
#include <string.h>
#include <time.h>

static EVP_PKEY *generate(int type, int (*configure)(EVP_PKEY_CTX *, int), int parameter) {
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(type, NULL);
    if (context && EVP_PKEY_keygen_init(context) > 0 && configure(context, parameter) > 0) EVP_PKEY_keygen(context, &key);
    EVP_PKEY_CTX_free(context);
    return key;
}

EVP_PKEY *ccrypto_generate_p256(void) {
    return generate(EVP_PKEY_EC, EVP_PKEY_CTX_set_ec_paramgen_curve_nid, NID_X9_62_prime256v1);
}

EVP_PKEY *ccrypto_generate_rsa(int bits) {
    return generate(EVP_PKEY_RSA, EVP_PKEY_CTX_set_rsa_keygen_bits, bits);
}

// Padding RSA_PKCS1_OAEP_PADDING with SHA-256 and the label, or RSA_NO_PADDING.
static int pad(EVP_PKEY_CTX *context, int padding, const uint8_t *label, size_t count) {
    if (EVP_PKEY_CTX_set_rsa_padding(context, padding) <= 0) return 0;
    if (padding == RSA_NO_PADDING) return 1;
    if (EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) <= 0 || EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) <= 0) return 0;
    if (count == 0) return 1;
    if (count > INT_MAX) return 0;
    // The context takes the label over, and frees it as it frees its own.
    unsigned char *copy = CRYPTO_malloc(count, __FILE__, __LINE__);
    if (!copy) return 0;
    memcpy(copy, label, count);
    if (EVP_PKEY_CTX_set0_rsa_oaep_label(context, copy, (int)count) > 0) return 1;
    CRYPTO_free(copy, __FILE__, __LINE__);
    return 0;
}

static int decrypt(EVP_PKEY *key, int padding, const uint8_t *label, size_t label_count, const uint8_t *input, size_t count,
                   uint8_t *output) {
    int result = -1;
    size_t written = (size_t)EVP_PKEY_get_size(key);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    if (context && EVP_PKEY_decrypt_init(context) > 0 && pad(context, padding, label, label_count)
        && EVP_PKEY_decrypt(context, output, &written, input, count) > 0)
        result = (int)written;
    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    return result;
}

int ccrypto_oaep_encrypt(EVP_PKEY *key, const uint8_t *label, size_t label_count, const uint8_t *input, size_t count, uint8_t *output) {
    int result = -1;
    size_t written = (size_t)EVP_PKEY_get_size(key);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    if (context && EVP_PKEY_encrypt_init(context) > 0 && pad(context, RSA_PKCS1_OAEP_PADDING, label, label_count)
        && EVP_PKEY_encrypt(context, output, &written, input, count) > 0)
        result = (int)written;
    EVP_PKEY_CTX_free(context);
    return result;
}

int ccrypto_oaep_decrypt(EVP_PKEY *key, const uint8_t *label, size_t label_count, const uint8_t *input, size_t count, uint8_t *output) {
    return decrypt(key, RSA_PKCS1_OAEP_PADDING, label, label_count, input, count, output);
}

int ccrypto_rsa_raw_decrypt(EVP_PKEY *key, const uint8_t *input, size_t count, uint8_t *output) {
    return decrypt(key, RSA_NO_PADDING, NULL, 0, input, count, output);
}

int ccrypto_gcm_seal(const uint8_t *key, const uint8_t *nonce, const uint8_t *input, size_t count, uint8_t *output, uint8_t *tag) {
    int written = 0;
    if (count > INT_MAX) return 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int done = context && EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce) == 1
        && (count == 0 || EVP_EncryptUpdate(context, output, &written, input, (int)count) == 1)
        && EVP_EncryptFinal_ex(context, output + written, &written) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, tag) == 1;
    EVP_CIPHER_CTX_free(context);
    return done;
}

int ccrypto_aead_open(int kind, const uint8_t *key, const uint8_t *nonce, size_t nonce_count, const uint8_t *additional,
                      size_t additional_count, const uint8_t *input, size_t count, const uint8_t *tag, uint8_t *output) {
    int written = 0;
    if (count > INT_MAX || nonce_count > INT_MAX || additional_count > INT_MAX) return 0;
    const EVP_CIPHER *cipher = kind == CCRYPTO_AES_256_GCM ? EVP_aes_256_gcm() : EVP_chacha20_poly1305();
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int done = context && EVP_DecryptInit_ex(context, cipher, NULL, NULL, NULL) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, (int)nonce_count, NULL) == 1
        && EVP_DecryptInit_ex(context, NULL, NULL, key, nonce) == 1
        && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, (void *)tag) == 1
        && (additional_count == 0 || EVP_DecryptUpdate(context, NULL, &written, additional, (int)additional_count) == 1)
        && (count == 0 || EVP_DecryptUpdate(context, output, &written, input, (int)count) == 1)
        && EVP_DecryptFinal_ex(context, output + (count == 0 ? 0 : written), &written) == 1;
    EVP_CIPHER_CTX_free(context);
    if (!done) {
        OPENSSL_cleanse(output, count);
        ERR_clear_error();
    }
    return done;
}

int ccrypto_gcm_open(const uint8_t *key, const uint8_t *nonce, const uint8_t *input, size_t count, const uint8_t *tag, uint8_t *output) {
    return ccrypto_aead_open(CCRYPTO_AES_256_GCM, key, nonce, 12, NULL, 0, input, count, tag, output);
}

int ccrypto_x25519(const uint8_t *key, const uint8_t *peer, uint8_t *output) {
    size_t count = 32;
    int done = 0;
    EVP_PKEY *own = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, key, 32);
    if (own && !peer) {
        done = EVP_PKEY_get_raw_public_key(own, output, &count) == 1;
    } else if (own) {
        EVP_PKEY *other = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, peer, 32);
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(own, NULL);
        done = other && context && EVP_PKEY_derive_init(context) > 0 && EVP_PKEY_derive_set_peer(context, other) > 0
            && EVP_PKEY_derive(context, output, &count) > 0 && count == 32;
        EVP_PKEY_CTX_free(context);
        EVP_PKEY_free(other);
    }
    EVP_PKEY_free(own);
    if (!done) ERR_clear_error();
    return done;
}

int ccrypto_hmac_sha256(const uint8_t *key, size_t key_count, const uint8_t *input, size_t count, uint8_t *output) {
    // Not NULL even where the key is empty: HMAC takes that for "the key of before".
    static const uint8_t empty[1];
    unsigned written = 0;
    if (key_count > INT_MAX) return 0;
    return HMAC(EVP_sha256(), key_count == 0 ? empty : key, (int)key_count, input, count, output, &written) && written == 32;
}

int ccrypto_write_encrypted_key(BIO *bio, EVP_PKEY *key, const char *passphrase, int passphrase_count) {
    // The cost that `openssl pkcs8 -scrypt` takes, and the most that libcrypto allows without asking.
    X509_ALGOR *scheme = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), NULL, 0, NULL, 16384, 8, 1);
    PKCS8_PRIV_KEY_INFO *plain = EVP_PKEY2PKCS8(key);
    X509_SIG *sealed = NULL;
    int done = 0;
    if (scheme && plain && (sealed = PKCS8_set0_pbe(passphrase, passphrase_count, plain, scheme))) {
        scheme = NULL;  // belongs to `sealed` now
        done = PEM_write_bio_PKCS8(bio, sealed);
    }
    X509_SIG_free(sealed);
    X509_ALGOR_free(scheme);
    PKCS8_PRIV_KEY_INFO_free(plain);
    return done;
}

// Without a callback of its own libcrypto asks at the terminal.
static int passphrase_of(char *buffer, int size, int writing, void *data) {
    (void)writing;
    if (!data) return -1;
    size_t count = strlen(data);
    if (count > (size_t)size) return -1;
    memcpy(buffer, data, count);
    return (int)count;
}

EVP_PKEY *ccrypto_read_key(BIO *bio, const char *passphrase) {
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, passphrase_of, (void *)passphrase);
    if (!key) ERR_clear_error();
    return key;
}

int64_t ccrypto_seconds(const ASN1_TIME *time) {
    struct tm parts;
    if (!time || ASN1_TIME_to_tm(time, &parts) != 1) return INT64_MIN;
    return (int64_t)timegm(&parts);
}
