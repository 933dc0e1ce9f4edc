/** Reads the findings of AWS Security Hub. */
@NullMarked
package io.cattleguard.sources.securityhub;

import org.jspecify.annotations.NullMarked;
