/** The information for people before they trust a model: its changes, and whether it is ready. */
@NullMarked
package io.cattleguard.models.review;

import org.jspecify.annotations.NullMarked;
