/** What destinations that people read say of a notice, before it is escaped for their format. */
@NullMarked
package io.cattleguard.route.brief;

import org.jspecify.annotations.NullMarked;
