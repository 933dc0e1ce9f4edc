/** Opens the envelopes in which log shippers, queues and command lines wrap events. */
@NullMarked
package io.cattleguard.sources.unwrap;

import org.jspecify.annotations.NullMarked;
