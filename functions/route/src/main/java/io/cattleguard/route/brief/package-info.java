/**
 * The content of a notice for destinations that people read, before it is escaped for their format.
 */
@NullMarked
package io.cattleguard.route.brief;

import org.jspecify.annotations.NullMarked;
