/** Reads the findings of IAM Access Analyzer. */
@NullMarked
package io.cattleguard.sources.accessanalyzer;

import org.jspecify.annotations.NullMarked;
