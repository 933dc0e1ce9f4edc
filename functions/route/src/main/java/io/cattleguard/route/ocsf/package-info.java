/** Converts notices to OCSF Detection Findings, which SIEMs can read. */
@NullMarked
package io.cattleguard.route.ocsf;

import org.jspecify.annotations.NullMarked;
