/** Amazon SNS as a destination: a topic for people or machines. */
@NullMarked
package io.cattleguard.route.sns;

import org.jspecify.annotations.NullMarked;
