// Each still figure becomes one that answers the pointer when it comes into view. Nothing is fetched.
(function () {
  "use strict";
  var options = { mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false, hover: false, tooltip: { disableDefaultStyle: true }, loader: { http: false, file: false } };
  function enliven(figure) {
    var picture = figure.querySelector(".picture");
    var source = figure.querySelector("script.spec");
    if (!picture || !source || picture.querySelector(".live")) return;
    var live = document.createElement("div");
    live.className = "live pending";
    picture.appendChild(live);
    window.vegaEmbed(live, JSON.parse(source.textContent), options).then(
      function () {
        var svg = live.querySelector("svg");
        svg.removeAttribute("width");
        svg.removeAttribute("height");
        live.classList.remove("pending");
        picture.classList.add("alive");
      },
      function () { live.remove(); } // the still figure stays
    );
  }
  var figures = Array.prototype.slice.call(document.querySelectorAll("figure"));
  if ("IntersectionObserver" in window) {
    var watch = new IntersectionObserver(function (seen) {
      seen.forEach(function (entry) {
        if (entry.isIntersecting) { watch.unobserve(entry.target); enliven(entry.target); }
      });
    }, { rootMargin: "200px" });
    figures.forEach(function (figure) { watch.observe(figure); });
  } else {
    figures.forEach(enliven);
  }
  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.prototype.slice.call(document.querySelectorAll("details:not([open])"));
    opened.forEach(function (details) { details.open = true; });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (details) { details.open = false; });
  });
})();
