/** Elasticsearch and OpenSearch as destinations: their bulk API. */
@NullMarked
package io.cattleguard.route.elastic;

import org.jspecify.annotations.NullMarked;
