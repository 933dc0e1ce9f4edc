/** Networks and addresses in policies and events. Never calls a name server. */
@NullMarked
package io.cattleguard.edge.cidr;

import org.jspecify.annotations.NullMarked;
