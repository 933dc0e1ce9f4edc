/** Learns models of workloads from recordings, and shows, compares and changes model files. */
@NullMarked
package io.cattleguard.app.models;

import org.jspecify.annotations.NullMarked;
