/** Prints what each action must be allowed, as RBAC, admission policy and IAM. */
@NullMarked
package io.cattleguard.app.permissions;

import org.jspecify.annotations.NullMarked;
