/** Notices as OCSF Detection Findings, which every SIEM reads. */
@NullMarked
package io.cattleguard.route.ocsf;

import org.jspecify.annotations.NullMarked;
