/** Makes a custom policy directory from the shipped policy and a person's answers. */
@NullMarked
package io.cattleguard.app.init;

import org.jspecify.annotations.NullMarked;
