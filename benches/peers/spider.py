"""The usual spider for news: feeds, each article once, trafilatura for the text."""
import scrapy
from trafilatura import bare_extraction


class Portals(scrapy.Spider):
    name = "portals"
    custom_settings = {"ROBOTSTXT_OBEY": True, "CONCURRENT_REQUESTS": 8, "TELNETCONSOLE_ENABLED": False}

    def __init__(self, port, portals, **kwargs):
        super().__init__(**kwargs)
        self.start_urls = [f"http://127.0.0.1:{port}/p{number}/feed.xml" for number in range(int(portals))]

    def parse(self, response):
        for link in response.xpath("//item/link/text()").getall():
            yield response.follow(link, self.article)

    def article(self, response):
        found = bare_extraction(response.body, url=response.url, with_metadata=True, include_comments=False)
        if found:
            yield {"url": response.url, "title": found.title, "date": found.date, "author": found.author, "text": found.text}
