/** Networks and addresses as policy and events write them; pure, it never asks a name server. */
@NullMarked
package io.cattleguard.edge.cidr;

import org.jspecify.annotations.NullMarked;
