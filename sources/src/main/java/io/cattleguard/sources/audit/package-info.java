/** Reads the audit events of Kubernetes API servers. */
@NullMarked
package io.cattleguard.sources.audit;

import org.jspecify.annotations.NullMarked;
