/** The demo: an intrusion on a simulated cluster, handled by the real pipeline. */
@NullMarked
package io.cattleguard.app.demo;

import org.jspecify.annotations.NullMarked;
