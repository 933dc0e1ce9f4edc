/** Prints the permissions that each action needs, as RBAC, admission policy and IAM policy. */
@NullMarked
package io.cattleguard.app.permissions;

import org.jspecify.annotations.NullMarked;
