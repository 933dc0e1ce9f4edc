/** What people look at before they trust a model: what changed in it, and whether it is ready. */
@NullMarked
package io.cattleguard.models.review;

import org.jspecify.annotations.NullMarked;
