// The shims are inline functions of the header; this file makes the module a target that can be linked.
#include "CCrypto.h"
