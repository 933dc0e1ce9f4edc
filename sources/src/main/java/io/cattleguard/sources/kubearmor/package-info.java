/** Reads KubeArmor's alerts and logs. */
@NullMarked
package io.cattleguard.sources.kubearmor;

import org.jspecify.annotations.NullMarked;
