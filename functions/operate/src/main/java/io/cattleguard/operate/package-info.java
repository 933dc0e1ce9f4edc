/** Decides which command a request from Slack gives, and whether that person may give it. */
@NullMarked
package io.cattleguard.operate;

import org.jspecify.annotations.NullMarked;
