/** Makes playbooks of the rules of other response engines. */
@NullMarked
package io.cattleguard.app.imports;

import org.jspecify.annotations.NullMarked;
