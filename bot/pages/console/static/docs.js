"use strict";
addEventListener("DOMContentLoaded", () => {
  SwaggerUIBundle({ url: "/openapi.json", dom_id: "#swagger", validatorUrl: null, deepLinking: true, docExpansion: "list", defaultModelsExpandDepth: 0 });
});
