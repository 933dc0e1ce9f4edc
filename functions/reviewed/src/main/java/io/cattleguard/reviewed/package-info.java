/** The models of workloads that people reviewed and committed to the policy. */
@NullMarked
package io.cattleguard.reviewed;

import org.jspecify.annotations.NullMarked;
