/** The demo: an intrusion on a simulated cluster, through the real road. */
@NullMarked
package io.cattleguard.app.demo;

import org.jspecify.annotations.NullMarked;
