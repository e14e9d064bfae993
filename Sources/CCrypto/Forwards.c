// Every function of libcrypto that this product calls, forwarded to the library on its first use.
#include "CCrypto.h"
#include "CLazyLibrary.h"

static void *_Atomic library;

static void *ccrypto_find(const char *function) {
    return clazy_find(&library, "libcrypto.so.3", "libssl3", function);
}

#define CLAZY_FIND ccrypto_find
#define FORWARD CLAZY_FORWARD

FORWARD(unsigned long, ERR_get_error, (void), ())
FORWARD(const char *, ERR_reason_error_string, (unsigned long code), (code))
FORWARD(void, ERR_clear_error, (void), ())
FORWARD(int, RAND_bytes, (unsigned char *bytes, int count), (bytes, count))
FORWARD(void, OPENSSL_cleanse, (void *bytes, size_t count), (bytes, count))
FORWARD(int, CRYPTO_memcmp, (const void *one, const void *other, size_t count), (one, other, count))
FORWARD(void *, CRYPTO_malloc, (size_t count, const char *file, int line), (count, file, line))
FORWARD(void, CRYPTO_free, (void *bytes, const char *file, int line), (bytes, file, line))

FORWARD(BIO *, BIO_new, (const BIO_METHOD *method), (method))
FORWARD(const BIO_METHOD *, BIO_s_mem, (void), ())
FORWARD(BIO *, BIO_new_mem_buf, (const void *bytes, int count), (bytes, count))
FORWARD(long, BIO_ctrl, (BIO *bio, int command, long argument, void *pointer), (bio, command, argument, pointer))
FORWARD(void, BIO_free_all, (BIO *bio), (bio))

FORWARD(const EVP_MD *, EVP_sha256, (void), ())
FORWARD(const EVP_MD *, EVP_sha512, (void), ())
FORWARD(EVP_MD_CTX *, EVP_MD_CTX_new, (void), ())
FORWARD(void, EVP_MD_CTX_free, (EVP_MD_CTX *context), (context))
FORWARD(int, EVP_DigestInit_ex, (EVP_MD_CTX *context, const EVP_MD *type, ENGINE *engine), (context, type, engine))
FORWARD(int, EVP_DigestUpdate, (EVP_MD_CTX *context, const void *bytes, size_t count), (context, bytes, count))
FORWARD(int, EVP_DigestFinal_ex, (EVP_MD_CTX *context, unsigned char *digest, unsigned int *count), (context, digest, count))
FORWARD(const EVP_CIPHER *, EVP_aes_256_gcm, (void), ())
FORWARD(const EVP_CIPHER *, EVP_aes_256_cbc, (void), ())
FORWARD(const EVP_CIPHER *, EVP_chacha20_poly1305, (void), ())
FORWARD(unsigned char *, HMAC,
        (const EVP_MD *digest, const void *key, int key_count, const unsigned char *input, size_t count, unsigned char *output,
         unsigned int *written),
        (digest, key, key_count, input, count, output, written))
FORWARD(unsigned char *, EVP_Q_mac,
        (OSSL_LIB_CTX *context, const char *name, const char *properties, const char *subalgorithm, const OSSL_PARAM *parameters,
         const void *key, size_t key_count, const unsigned char *input, size_t count, unsigned char *output, size_t room,
         size_t *written),
        (context, name, properties, subalgorithm, parameters, key, key_count, input, count, output, room, written))
FORWARD(EVP_CIPHER_CTX *, EVP_CIPHER_CTX_new, (void), ())
FORWARD(void, EVP_CIPHER_CTX_free, (EVP_CIPHER_CTX *context), (context))
FORWARD(int, EVP_CIPHER_CTX_ctrl, (EVP_CIPHER_CTX *context, int type, int argument, void *pointer), (context, type, argument, pointer))
FORWARD(int, EVP_EncryptInit_ex,
        (EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher, ENGINE *engine, const unsigned char *key, const unsigned char *nonce),
        (context, cipher, engine, key, nonce))
FORWARD(int, EVP_EncryptUpdate,
        (EVP_CIPHER_CTX *context, unsigned char *output, int *written, const unsigned char *input, int count),
        (context, output, written, input, count))
FORWARD(int, EVP_EncryptFinal_ex, (EVP_CIPHER_CTX *context, unsigned char *output, int *written), (context, output, written))
FORWARD(int, EVP_DecryptInit_ex,
        (EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher, ENGINE *engine, const unsigned char *key, const unsigned char *nonce),
        (context, cipher, engine, key, nonce))
FORWARD(int, EVP_DecryptUpdate,
        (EVP_CIPHER_CTX *context, unsigned char *output, int *written, const unsigned char *input, int count),
        (context, output, written, input, count))
FORWARD(int, EVP_DecryptFinal_ex, (EVP_CIPHER_CTX *context, unsigned char *output, int *written), (context, output, written))

FORWARD(void, EVP_PKEY_free, (EVP_PKEY *key), (key))
FORWARD(int, EVP_PKEY_get_size, (const EVP_PKEY *key), (key))
FORWARD(int, EVP_PKEY_get_bits, (const EVP_PKEY *key), (key))
FORWARD(int, EVP_PKEY_get_base_id, (const EVP_PKEY *key), (key))
FORWARD(int, EVP_PKEY_eq, (const EVP_PKEY *left, const EVP_PKEY *right), (left, right))
FORWARD(EVP_PKEY *, EVP_PKEY_new_raw_private_key, (int type, ENGINE *engine, const unsigned char *bytes, size_t count),
        (type, engine, bytes, count))
FORWARD(EVP_PKEY *, EVP_PKEY_new_raw_public_key, (int type, ENGINE *engine, const unsigned char *bytes, size_t count),
        (type, engine, bytes, count))
FORWARD(int, EVP_PKEY_get_raw_public_key, (const EVP_PKEY *key, unsigned char *bytes, size_t *count), (key, bytes, count))
FORWARD(int, EVP_PKEY_derive_init, (EVP_PKEY_CTX *context), (context))
FORWARD(int, EVP_PKEY_derive_set_peer, (EVP_PKEY_CTX *context, EVP_PKEY *peer), (context, peer))
FORWARD(int, EVP_PKEY_derive, (EVP_PKEY_CTX *context, unsigned char *secret, size_t *count), (context, secret, count))
FORWARD(EVP_PKEY_CTX *, EVP_PKEY_CTX_new, (EVP_PKEY *key, ENGINE *engine), (key, engine))
FORWARD(EVP_PKEY_CTX *, EVP_PKEY_CTX_new_id, (int type, ENGINE *engine), (type, engine))
FORWARD(void, EVP_PKEY_CTX_free, (EVP_PKEY_CTX *context), (context))
FORWARD(int, EVP_PKEY_keygen_init, (EVP_PKEY_CTX *context), (context))
FORWARD(int, EVP_PKEY_keygen, (EVP_PKEY_CTX *context, EVP_PKEY **key), (context, key))
FORWARD(int, EVP_PKEY_CTX_set_rsa_keygen_bits, (EVP_PKEY_CTX *context, int bits), (context, bits))
FORWARD(int, EVP_PKEY_CTX_set_ec_paramgen_curve_nid, (EVP_PKEY_CTX *context, int curve), (context, curve))
FORWARD(int, EVP_PKEY_CTX_set_rsa_padding, (EVP_PKEY_CTX *context, int padding), (context, padding))
FORWARD(int, EVP_PKEY_CTX_set_rsa_oaep_md, (EVP_PKEY_CTX *context, const EVP_MD *digest), (context, digest))
FORWARD(int, EVP_PKEY_CTX_set_rsa_mgf1_md, (EVP_PKEY_CTX *context, const EVP_MD *digest), (context, digest))
FORWARD(int, EVP_PKEY_CTX_set0_rsa_oaep_label, (EVP_PKEY_CTX *context, void *label, int count), (context, label, count))
FORWARD(int, EVP_PKEY_encrypt_init, (EVP_PKEY_CTX *context), (context))
FORWARD(int, EVP_PKEY_encrypt,
        (EVP_PKEY_CTX *context, unsigned char *output, size_t *written, const unsigned char *input, size_t count),
        (context, output, written, input, count))
FORWARD(int, EVP_PKEY_decrypt_init, (EVP_PKEY_CTX *context), (context))
FORWARD(int, EVP_PKEY_decrypt,
        (EVP_PKEY_CTX *context, unsigned char *output, size_t *written, const unsigned char *input, size_t count),
        (context, output, written, input, count))
FORWARD(PKCS8_PRIV_KEY_INFO *, EVP_PKEY2PKCS8, (const EVP_PKEY *key), (key))
FORWARD(void, PKCS8_PRIV_KEY_INFO_free, (PKCS8_PRIV_KEY_INFO *key), (key))
FORWARD(X509_ALGOR *, PKCS5_pbe2_set_scrypt,
        (const EVP_CIPHER *cipher, const unsigned char *salt, int salt_count, unsigned char *nonce, uint64_t n, uint64_t r, uint64_t p),
        (cipher, salt, salt_count, nonce, n, r, p))
FORWARD(X509_SIG *, PKCS8_set0_pbe, (const char *passphrase, int count, PKCS8_PRIV_KEY_INFO *key, X509_ALGOR *scheme),
        (passphrase, count, key, scheme))
FORWARD(void, X509_SIG_free, (X509_SIG *sealed), (sealed))
FORWARD(void, X509_ALGOR_free, (X509_ALGOR *scheme), (scheme))

FORWARD(X509 *, PEM_read_bio_X509, (BIO *bio, X509 **certificate, pem_password_cb *callback, void *data),
        (bio, certificate, callback, data))
FORWARD(EVP_PKEY *, PEM_read_bio_PrivateKey, (BIO *bio, EVP_PKEY **key, pem_password_cb *callback, void *data),
        (bio, key, callback, data))
FORWARD(EVP_PKEY *, PEM_read_bio_PUBKEY, (BIO *bio, EVP_PKEY **key, pem_password_cb *callback, void *data),
        (bio, key, callback, data))
FORWARD(int, PEM_write_bio_X509, (BIO *bio, const X509 *certificate), (bio, certificate))
FORWARD(int, PEM_write_bio_PKCS8, (BIO *bio, const X509_SIG *key), (bio, key))
FORWARD(int, PEM_write_bio_PKCS8PrivateKey,
        (BIO *bio, const EVP_PKEY *key, const EVP_CIPHER *cipher, const char *passphrase, int count, pem_password_cb *callback, void *data),
        (bio, key, cipher, passphrase, count, callback, data))

FORWARD(X509 *, X509_new, (void), ())
FORWARD(void, X509_free, (X509 *certificate), (certificate))
FORWARD(X509 *, d2i_X509, (X509 **certificate, const unsigned char **bytes, long count), (certificate, bytes, count))
FORWARD(int, i2d_PUBKEY, (const EVP_PKEY *key, unsigned char **bytes), (key, bytes))
FORWARD(int, X509_set_version, (X509 *certificate, long version), (certificate, version))
FORWARD(ASN1_INTEGER *, X509_get_serialNumber, (X509 *certificate), (certificate))
FORWARD(int, ASN1_INTEGER_set_uint64, (ASN1_INTEGER *integer, uint64_t value), (integer, value))
FORWARD(ASN1_TIME *, X509_gmtime_adj, (ASN1_TIME *time, long seconds), (time, seconds))
FORWARD(ASN1_TIME *, ASN1_TIME_set, (ASN1_TIME *time, time_t seconds), (time, seconds))
FORWARD(int, ASN1_TIME_to_tm, (const ASN1_TIME *time, struct tm *parts), (time, parts))
FORWARD(const ASN1_TIME *, X509_get0_notBefore, (const X509 *certificate), (certificate))
FORWARD(const ASN1_TIME *, X509_get0_notAfter, (const X509 *certificate), (certificate))
FORWARD(ASN1_TIME *, X509_getm_notBefore, (const X509 *certificate), (certificate))
FORWARD(ASN1_TIME *, X509_getm_notAfter, (const X509 *certificate), (certificate))
FORWARD(int, X509_set_pubkey, (X509 *certificate, EVP_PKEY *key), (certificate, key))
FORWARD(EVP_PKEY *, X509_get_pubkey, (X509 *certificate), (certificate))
FORWARD(X509_NAME *, X509_get_subject_name, (const X509 *certificate), (certificate))
FORWARD(int, X509_set_issuer_name, (X509 *certificate, const X509_NAME *name), (certificate, name))
FORWARD(int, X509_NAME_entry_count, (const X509_NAME *name), (name))
FORWARD(X509_NAME_ENTRY *, X509_NAME_get_entry, (const X509_NAME *name, int index), (name, index))
FORWARD(ASN1_STRING *, X509_NAME_ENTRY_get_data, (const X509_NAME_ENTRY *entry), (entry))
FORWARD(ASN1_OBJECT *, X509_NAME_ENTRY_get_object, (const X509_NAME_ENTRY *entry), (entry))
FORWARD(int, X509_NAME_add_entry_by_txt,
        (X509_NAME *name, const char *field, int type, const unsigned char *bytes, int count, int location, int set),
        (name, field, type, bytes, count, location, set))
FORWARD(int, ASN1_STRING_length, (const ASN1_STRING *text), (text))
FORWARD(const unsigned char *, ASN1_STRING_get0_data, (const ASN1_STRING *text), (text))
FORWARD(int, OBJ_obj2nid, (const ASN1_OBJECT *object), (object))
FORWARD(void, X509V3_set_ctx,
        (X509V3_CTX *context, X509 *issuer, X509 *subject, X509_REQ *request, X509_CRL *list, int flags),
        (context, issuer, subject, request, list, flags))
FORWARD(X509_EXTENSION *, X509V3_EXT_conf_nid, (LHASH_OF(CONF_VALUE) *configuration, X509V3_CTX *context, int identifier, const char *text),
        (configuration, context, identifier, text))
FORWARD(void, X509_EXTENSION_free, (X509_EXTENSION *extension), (extension))
FORWARD(int, X509_add_ext, (X509 *certificate, X509_EXTENSION *extension, int location), (certificate, extension, location))
FORWARD(int, X509_sign, (X509 *certificate, EVP_PKEY *key, const EVP_MD *digest), (certificate, key, digest))
